// Makes a picture larger than it is: new area around it, filled from its edge and blurred, and a
// mask that has the new area drawn.

import {canvasOf} from './pictures.js';

// The size of the new canvas and where the old picture lies on it. `sides` says of each side
// whether it grows, `share` by how much of the picture's size. With `square` the shorter direction
// grows as well, on the sides chosen, else on both.
export function extension(width, height, {sides, share, square}) {
  const grown = (length, before, after) => {
    const more = Math.round(length * share);
    return {before: before ? more : 0, after: after ? more : 0};
  };
  const across = grown(width, sides.left, sides.right);
  const down = grown(height, sides.top, sides.bottom);
  if (square) {
    const newWidth = width + across.before + across.after;
    const newHeight = height + down.before + down.after;
    widen(across, newHeight - newWidth, sides.left, sides.right);
    widen(down, newWidth - newHeight, sides.top, sides.bottom);
  }
  return {left: across.before, top: down.before,
          width: width + across.before + across.after,
          height: height + down.before + down.after};
}

function widen(side, missing, before, after) {
  if (missing <= 0) return;
  const first = before === after ? Math.floor(missing / 2) : before ? missing : 0;
  side.before += first;
  side.after += missing - first;
}

// The picture on its new canvas: its outermost pixels drawn out to the new edge, blurred, and the
// picture itself over them.
export function extendedPicture(picture, {left, top, width, height}) {
  const edge = canvasOf(width, height);
  const draw = edge.getContext('2d');
  const right = width - left - picture.width, bottom = height - top - picture.height;
  // Columns and rows: [where in the old picture, its length, where on the new canvas, its length].
  const across = [[0, 1, 0, left], [0, picture.width, left, picture.width],
                  [picture.width - 1, 1, left + picture.width, right]];
  const down = [[0, 1, 0, top], [0, picture.height, top, picture.height],
                [picture.height - 1, 1, top + picture.height, bottom]];
  for (const [x, w, toX, toW] of across) {
    for (const [y, h, toY, toH] of down) {
      if (toW > 0 && toH > 0) draw.drawImage(picture, x, y, w, h, toX, toY, toW, toH);
    }
  }
  const whole = canvasOf(width, height);
  const over = whole.getContext('2d');
  over.drawImage(edge, 0, 0);  // under the blur, which fades at the canvas's own edge
  over.filter = `blur(${Math.max(2, Math.round(Math.min(picture.width, picture.height) / 24))}px)`;
  over.drawImage(edge, 0, 0);
  over.filter = 'none';
  over.drawImage(picture, left, top);
  return whole;
}

// The old mask on its new canvas, the new area added. A little of the old picture along the seam is
// drawn anew too, so that both meet.
export function extendedMask(mask, {left, top, width, height}) {
  const right = width - left - mask.width, bottom = height - top - mask.height;
  const seam = Math.round(Math.min(mask.width, mask.height) / 32);
  const whole = canvasOf(width, height);
  const draw = whole.getContext('2d');
  draw.fillStyle = '#fff';
  draw.fillRect(0, 0, width, height);
  const inner = {x: left + (left > 0 ? seam : 0), y: top + (top > 0 ? seam : 0),
                 right: width - right - (right > 0 ? seam : 0),
                 bottom: height - bottom - (bottom > 0 ? seam : 0)};
  draw.clearRect(inner.x, inner.y, inner.right - inner.x, inner.bottom - inner.y);
  draw.drawImage(mask, left, top);
  return whole;
}
