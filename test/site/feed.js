// A list that grows when its end comes near, is rendered again on `render-anew`, and on `quarrel`
// replaces its first picture whenever anything else is seen instead of it.
const NAMES = ['harbour', 'orchard', 'portrait', 'still-life', 'mountain-lake'];
const feed = /** @type {HTMLElement} */ (document.getElementById('feed'));
const end = /** @type {HTMLElement} */ (document.getElementById('end'));
let count = 0;

/** @param {number} index */
function entry(index) {
  const article = document.createElement('article');
  const icon = new Image(20, 20);
  icon.className = 'icon';
  icon.src = `pictures/${NAMES[index % NAMES.length]}.jpg?icon=${index}`;
  const picture = new Image(320, 240);
  picture.className = 'content';
  picture.src = `pictures/${NAMES[index % NAMES.length]}.jpg?entry=${index}`;
  article.append(icon, picture);
  return article;
}

function grow() {
  for (let i = 0; i < 4; i++) feed.append(entry(count++));
}

new IntersectionObserver((entries) => {
  if (count < 40 && entries.some(({ isIntersecting }) => isIntersecting)) grow();
}).observe(end);

addEventListener('render-anew', () => {
  feed.replaceChildren(...Array.from({ length: count }, (_, index) => entry(index)));
});

addEventListener('quarrel', () => {
  let quarrels = 0;
  setInterval(() => {
    const picture = feed.querySelector('img.content');
    if (!picture || getComputedStyle(picture).content === 'normal') return;
    quarrels += 1;
    document.body.dataset['quarrels'] = String(quarrels);
    picture.replaceWith(picture.cloneNode());
  }, 20);
});
