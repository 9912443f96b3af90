// The parts of targets.html that markup can't have.
for (const mode of /** @type {const} */ (['open', 'closed'])) {
  const root = document.getElementById(`${mode}-host`)?.attachShadow({ mode });
  if (!root) continue;
  root.innerHTML = `<img id="shadowed" src="pictures/mountain-lake.jpg?${mode}" width="240" height="180" alt="Lake" />`;
}

const canvas = document.getElementById('canvas');
if (canvas instanceof HTMLCanvasElement) {
  const picture = new Image();
  picture.onload = () => canvas.getContext('2d')?.drawImage(picture, 0, 0, 240, 180);
  picture.src = 'pictures/orchard.jpg?canvas';
}
