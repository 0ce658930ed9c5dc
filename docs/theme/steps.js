// Steps through the run of a scene: the line that is printed, its moment in the picture
// and the line of the source that prints it. Without this script the run and the
// picture stand as they are.
(() => {
    const ACTIONS = {
        ArrowLeft: (player) => player.go(player.now - 1),
        ArrowRight: (player) => player.go(player.now + 1),
        Home: (player) => player.go(0),
        End: (player) => player.go(player.steps.length - 1),
        " ": (player) => player.toggle(),
    };

    // A second of the notes takes a tenth of a second in a run, and plays in one.
    const SLOWER = 10;
    const [LEAST, MOST] = [150, 2500];

    const players = scenes().map((scene) => new Player(scene));
    follow();
    addEventListener("hashchange", follow);

    // The scenes of the page that have a run and a picture of it.
    function scenes() {
        const all = [];
        const parts =
            "h2.scene, code[data-first], pre.run, .picture:has(> svg.timeline)";
        for (const it of document.querySelectorAll(parts)) {
            const scene = all.at(-1);
            if (it.matches("h2")) {
                all.push({ name: it.id });
            } else if (it.matches("pre")) {
                scene.run = it;
            } else if (it.matches("code")) {
                scene.source = it;
            } else {
                scene.picture = it;
            }
        }
        return all.filter(({ run, picture }) => run && picture);
    }

    // Goes to the step that the address names: #apples@12.
    function follow() {
        const [, name, number] = /^#(.+)@(\d+)$/.exec(location.hash) ?? [];
        const player = players.find((player) => player.name === name);
        if (player !== undefined) {
            player.go(number - 1);
            player.bar.scrollIntoView({ block: "center" });
        }
    }

    function Player({ name, run, picture, source }) {
        const svg = picture.querySelector("svg");
        const steps = [...run.querySelectorAll(".step")];
        const [back, step, play] = ["Back", "Step", "Play"].map(button);
        const [count, said] = ["span", "code"].map((it) => document.createElement(it));
        const bar = document.createElement("div");
        const cursor = svg.appendChild(element("line", { class: "tl-cursor", y1: 0 }));
        const dot = svg.appendChild(element("circle", { class: "tl-cursor", r: 5 }));
        let timer = null;

        Object.assign(this, { name, steps, bar, now: -1 });

        this.go = (number) => {
            this.pause();
            show(number);
            history.replaceState(null, "", `#${name}@${this.now + 1}`);
        };
        this.pause = () => {
            clearTimeout(timer);
            timer = null;
            play.textContent = "Play";
        };
        this.toggle = () => {
            if (timer !== null) {
                return this.pause();
            }
            play.textContent = "Pause";
            const last = this.now >= steps.length - 1;
            advance(last ? 0 : this.now + 1);
        };

        const show = (number) => {
            steps[this.now]?.classList.remove("now");
            this.now = Math.max(0, Math.min(number, steps.length - 1));
            const { classList, dataset } = steps[this.now];
            classList.add("now");
            const [time, lane, line] = steps[this.now].children;
            count.textContent = `${this.now + 1} of ${steps.length}`;
            said.replaceChildren(...[time, lane, line].flatMap((it) => {
                return [it.cloneNode(true), " "];
            }));
            const bottom = svg.viewBox.baseVal.height;
            set(cursor, { x1: dataset.x, x2: dataset.x, y2: bottom });
            set(dot, { cx: dataset.x, cy: dataset.y });
            svg.classList.add("stepped");
            reveal(Number(dataset.x));
            lightSource(source, dataset);
        };

        const advance = (number) => {
            show(number);
            const [now, next] = [steps[number], steps[number + 1]].map(seconds);
            if (next === undefined) {
                return this.pause();
            }
            const delay = Math.max(LEAST, Math.min((next - now) * 1000 * SLOWER, MOST));
            timer = setTimeout(() => advance(number + 1), delay);
        };

        // Scrolls the picture if the moment is out of sight.
        const reveal = (x) => {
            const { scrollLeft, clientWidth } = picture;
            if (x < scrollLeft + 140 || x > scrollLeft + clientWidth - 20) {
                picture.scrollLeft = x - clientWidth / 2;
            }
        };

        // The nearest step in time, and of those the nearest lane.
        const nearest = ({ clientX, clientY }) => {
            const { left, top } = svg.getBoundingClientRect();
            const far = ({ dataset: { x, y } }) => {
                return Math.abs(x - clientX + left) + Math.abs(y - clientY + top) / 50;
            };
            return steps.reduce((best, it, number) => {
                return far(it) < far(steps[best]) ? number : best;
            }, 0);
        };

        back.onclick = () => this.go(this.now - 1);
        step.onclick = () => this.go(this.now + 1);
        play.onclick = () => this.toggle();
        steps.forEach((it, number) => {
            it.onclick = () => this.go(number);
        });
        svg.onpointerdown = (event) => this.go(nearest(event));
        svg.onpointermove = (event) => {
            if (event.buttons === 1 && event.pointerType === "mouse") {
                this.go(nearest(event));
            }
        };
        // Names of lanes stay in view.
        picture.onscroll = () => {
            for (const it of svg.querySelectorAll(".tl-name")) {
                it.setAttribute("transform", `translate(${picture.scrollLeft} 0)`);
            }
        };
        for (const it of [bar, picture]) {
            it.addEventListener("keydown", (event) => {
                const action = ACTIONS[event.key];
                const pressed = event.key === " " && event.target.matches("button");
                if (action !== undefined && !pressed) {
                    action(this);
                    event.preventDefault();
                }
                // Elsewhere the arrows turn the pages of the book.
                event.stopPropagation();
            });
        }

        bar.className = "stepper timeline";
        bar.append(back, step, play, count, said);
        count.textContent = `${steps.length} steps`;
        count.setAttribute("aria-live", "polite");
        picture.before(bar);
    }

    function seconds(step) {
        return step && Number(step.firstElementChild.textContent);
    }

    function button(text) {
        const it = document.createElement("button");
        it.type = "button";
        it.textContent = text;
        return it;
    }

    function element(name, attributes) {
        const it = document.createElementNS("http://www.w3.org/2000/svg", name);
        return set(it, attributes);
    }

    function set(element, attributes) {
        for (const [name, value] of Object.entries(attributes)) {
            element.setAttribute(name, value);
        }
        return element;
    }
})();
