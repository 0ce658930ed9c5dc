// Makes the reader the scheduler of a small program: a button for each thread takes its
// next step, and the page counts the schedules that are left and those of them that
// fail. Without this script the table of all schedules stands as it is.
(() => {
    const games = [...document.querySelectorAll("figure.schedules")].map(Game);
    follow();
    addEventListener("hashchange", follow);

    // Goes to the schedule that the address names: #lost-update/one-turn-each@1,2,2,1.
    function follow() {
        const [, name, order] = /^#(.+\/.+)@([\d,]*)$/.exec(location.hash) ?? [];
        const game = games.find((game) => game.name === name);
        if (game !== undefined) {
            game.play(order.split(",").filter(Boolean).map(Number));
            game.board.scrollIntoView({ block: "center" });
        }
    }

    function Game(figure) {
        const data = JSON.parse(figure.querySelector("script").textContent);
        const { name, threads, ends, places, played } = data;
        const takesSteps = (_, number) => {
            return played.some(({ steps }) => steps.some(([it]) => it === number));
        };
        const lanes = threads.map((_, number) => number).filter(takesSteps);
        const caption = captionBefore(figure);
        let order = [];

        const board = make("div", "scheduler");
        board.tabIndex = 0;
        const count = make("p");
        count.setAttribute("aria-live", "polite");
        const choices = make("div", "choices");
        const moves = lanes.map((lane) => {
            const move = button("", () => play([...order, lane]));
            choices.append(move);
            return move;
        });
        const [back, again, shortest] = [
            button("Back", () => play(order.slice(0, -1))),
            button("Start again", () => play([])),
            button("Shortest failure", () => play(ordered(failure()))),
        ];
        const more = make("div", "choices");
        more.append(back, again);
        if (failure() !== undefined) {
            more.append(shortest);
        }
        const table = make("table");
        const scroller = make("div", "scroller");
        scroller.append(table);
        board.append(count, choices, more, scroller);
        figure.querySelector("figcaption").after(board);
        board.addEventListener("keydown", press);
        show();

        // Takes these steps, as far as they can be taken.
        function play(wanted) {
            order = wanted.filter((_, length) => {
                return left(wanted.slice(0, length + 1)).length > 0;
            });
            const focused = board.contains(document.activeElement);
            history.replaceState(null, "", `#${name}@${order.join(",")}`);
            show();
            // A button that is disabled loses the focus, and the board the keys.
            if (focused && document.activeElement.matches(":disabled, body")) {
                board.focus({ preventScroll: true });
            }
            const now = left(order)[0].steps[order.length - 1];
            if (now !== undefined) {
                const [file, line] = places[now[1]];
                lightSource(caption, { file, line });
            }
        }

        // The schedules that begin so.
        function left(begin) {
            return played.filter(({ steps }) => {
                return begin.every((thread, number) => steps[number]?.[0] === thread);
            });
        }

        function show() {
            const schedules = left(order);
            const ended = schedules.find(({ steps }) => steps.length === order.length);
            const failing = schedules.filter(({ end }) => ends[end][1]).length;
            count.textContent = said(schedules.length, failing, ended);
            count.className = ended === undefined ? "" : mark(ended.end);
            lanes.forEach((lane, number) => {
                const next = schedules
                    .map(({ steps }) => steps[order.length])
                    .find((step) => step?.[0] === lane);
                const none = data.whole ? "cannot go" : "goes in no schedule here";
                const does = next === undefined ? none : places[next[1]][2];
                moves[number].disabled = next === undefined;
                moves[number].replaceChildren(
                    make("b", "", threads[lane]),
                    " ",
                    make("code", "", ended === undefined ? does : "has ended"),
                );
            });
            back.disabled = order.length === 0;
            again.disabled = order.length === 0;
            table.replaceChildren(...rows(schedules[0]));
        }

        function said(schedules, failing, ended) {
            if (ended !== undefined) {
                return `${ends[ended.end][0]} · schedule ${order.join(",")}`;
            }
            if (data.whole) {
                const verb = failing === 1 ? "fails" : "fail";
                return `${counted(schedules)} left, ${failing} of them ${verb}`;
            }
            const all = data.schedules.toLocaleString("en");
            return `${schedules} of ${all} schedules, the shortest of each outcome`;
        }

        function rows({ steps }) {
            const head = make("tr");
            head.append(make("th"), ...lanes.map((it) => make("th", "", threads[it])));
            const lines = order.map((thread, number) => {
                const [, place, effect] = steps[number];
                const row = make("tr");
                row.append(make("td", "code", places[place][2]));
                row.append(
                    ...lanes.map((it) => make("td", "", it === thread ? effect : "")),
                );
                return row;
            });
            return order.length > 0 ? [head, ...lines] : [];
        }

        function failure() {
            const failures = played.filter(({ end }) => ends[end][1]);
            return failures.sort((one, other) => {
                return one.preemptions - other.preemptions ||
                    one.steps.length - other.steps.length;
            })[0];
        }

        function mark(end) {
            return ends[end][1] ? "fails" : "holds";
        }

        // Threads go by their numbers, too.
        function press(event) {
            const move = moves[lanes.indexOf(Number(event.key))];
            if (move !== undefined && !move.disabled) {
                move.click();
            } else if (event.key === "Backspace" && order.length > 0) {
                back.click();
            } else {
                return;
            }
            event.preventDefault();
        }

        return { name, board, play };
    }

    function ordered({ steps }) {
        return steps.map(([thread]) => thread);
    }

    function counted(schedules) {
        const number = schedules.toLocaleString("en");
        return `${number} schedule${schedules === 1 ? "" : "s"}`;
    }

    // The caption of the scene's code that comes last before the figure.
    function captionBefore(figure) {
        const all = [...document.querySelectorAll("code[data-first]")];
        return all.findLast((it) => {
            const place = figure.compareDocumentPosition(it);
            return place & Node.DOCUMENT_POSITION_PRECEDING;
        });
    }

    function button(text, act) {
        const it = make("button", "", text);
        it.type = "button";
        it.onclick = act;
        return it;
    }

    function make(name, className = "", text = "") {
        const it = document.createElement(name);
        it.className = className;
        it.textContent = text;
        return it;
    }
})();
