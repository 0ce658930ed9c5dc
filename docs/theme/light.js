// Lights a line of the source that a page shows.
const lightSource = (() => {
    // The line of a file, if the page shows it as the caption says.
    function lightSource(caption, { file, line }) {
        document.querySelectorAll(".lit").forEach((it) => it.remove());
        if (caption === undefined || caption.textContent !== file) {
            return;
        }
        const code = caption.closest("figure").querySelector("pre > code");
        const place = lineOf(code, line - caption.dataset.first);
        if (place === null) {
            return;
        }
        const { top, height } = place.getBoundingClientRect();
        const pre = code.parentElement;
        const lit = document.createElement("div");
        lit.className = "lit";
        lit.style.top = `${top - pre.getBoundingClientRect().top}px`;
        lit.style.height = `${height}px`;
        pre.append(lit);
    }

    // A line of the code, from 0, as the range of its first character.
    function lineOf(code, number) {
        const texts = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
        let line = 0;
        while (texts.nextNode()) {
            const { data } = texts.currentNode;
            for (let at = 0; at < data.length; at += 1) {
                if (data[at] === "\n") {
                    line += 1;
                } else if (line === number && data[at] !== " ") {
                    const range = document.createRange();
                    range.setStart(texts.currentNode, at);
                    range.setEnd(texts.currentNode, at + 1);
                    return range;
                }
            }
        }
        return null;
    }

    return lightSource;
})();
