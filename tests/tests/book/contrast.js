(() => {
    const canvas = document.createElement('canvas')
        .getContext('2d', { willReadFrequently: true });
    const rgba = (colour) => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        return canvas.getImageData(0, 0, 1, 1).data;
    };
    const light = ([r, g, b]) => [r, g, b].map((it) => it / 255)
        .map((it) => it <= 0.04045 ? it / 12.92 : ((it + 0.055) / 1.055) ** 2.4)
        .reduce((sum, it, i) => sum + it * [0.2126, 0.7152, 0.0722][i], 0);
    const behind = (element) => {
        const colour = rgba(getComputedStyle(element).backgroundColor);
        return colour[3] === 255 || element === document.documentElement
            ? colour
            : behind(element.parentElement);
    };
    const contrast = (element) => {
        const style = getComputedStyle(element);
        const paper = element.closest('.picture')?.querySelector('.tl-paper');
        const colour = element instanceof SVGElement ? style.fill : style.color;
        const text = light(rgba(colour));
        const paint = paper ? rgba(getComputedStyle(paper).fill) : behind(element);
        const back = light(paint);
        return (Math.max(text, back) + 0.05) / (Math.min(text, back) + 0.05);
    };
    const texts = [...document.querySelectorAll('main p, main h2, main code, '
        + 'main summary, main td, figcaption span, .picture text')];
    const least = texts.filter((it) => it.checkVisibility())
        .map((it) => [contrast(it), it.textContent.slice(0, 40)]);
    return least.sort((one, other) => one[0] - other[0])[0];
})()
