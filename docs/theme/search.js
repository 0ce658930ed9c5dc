// Search for Chinese words. The index knows English only: it keeps nothing that is not
// written in its letters. But it carries the text of every section, to show a part of
// it, so Chinese words are looked for there.
(() => {
    const ofTheIndex = elasticlunr.Index.prototype.search;

    elasticlunr.Index.prototype.search = function (query, options) {
        const words = query.match(/\p{Script=Han}+/gu);
        if (words === null) {
            return ofTheIndex.call(this, query, options);
        }
        const rest = query.replace(/\p{Script=Han}+/gu, " ").trim();
        const refs = () => ofTheIndex.call(this, rest, options).map(({ ref }) => ref);
        const found = rest === "" ? null : new Set(refs());
        return Object.entries(this.documentStore.docs)
            .filter(([ref]) => found === null || found.has(ref))
            .map(([ref, doc]) => {
                return { ref, doc: apart(doc, words), score: score(doc, words) };
            })
            .filter(({ score }) => score > 0)
            .sort((one, other) => other.score - one.score);
    };

    // Mdbook waits for keys. Text that is pasted or composed, as Chinese is, need not
    // come with any.
    const bar = document.getElementById("mdbook-searchbar");
    bar.addEventListener("input", () => bar.dispatchEvent(new Event("keyup")));

    // Each word must be there; in a title it counts for more.
    function score({ title, body }, words) {
        const times = (text, word) => text.split(word).length - 1;
        const scores = words.map((word) => 10 * times(title, word) + times(body, word));
        return scores.includes(0) ? 0 : scores.reduce((sum, score) => sum + score);
    }

    // The part that is shown marks what stands between blanks.
    function apart(doc, words) {
        const blank = (text, word) => text.replaceAll(word, ` ${word} `);
        return { ...doc, body: words.reduce(blank, doc.body) };
    }
})();
