// Boxes in a picture: [x, y, width, height] in parts of it, from its top left corner.

export const STEP = 0.01;
const LEAST = 0.07;  // a little more than the smallest that models tell apart, of whole hundredths

const rounded = (number) => Math.round(number / STEP) / (1 / STEP);
const within = (number, least, most) => Math.min(most, Math.max(least, number));

// What is left of the picture is a region too: it has no box of its own.
export const REST = [0, 0, 0, 0];
export const isRest = ([, , width, height]) => width === 0 && height === 0;

// A box as it may be: inside the picture, and not too small.
export function fitted([x, y, width, height]) {
  const wide = rounded(within(width, LEAST, 1)), high = rounded(within(height, LEAST, 1));
  return [rounded(within(x, 0, 1 - wide)), rounded(within(y, 0, 1 - high)), wide, high];
}

export function isInside([x, y, width, height]) {
  const most = 1 + 1e-6;  // sums are rounded
  return x >= 0 && y >= 0 && width > 0 && height > 0 && x + width <= most && y + height <= most;
}

// What is dragged out from one corner to the other.
export function boxBetween(one, other) {
  const [left, right] = [one.x, other.x].map((x) => within(x, 0, 1)).sort((a, b) => a - b);
  const [top, bottom] = [one.y, other.y].map((y) => within(y, 0, 1)).sort((a, b) => a - b);
  return fitted([left, top, right - left, bottom - top]);
}

export function moved([x, y, width, height], right, down) {
  return fitted([x + right, y + down, width, height]);
}

// Moves some of its edges: `edges` has left, right, top, bottom.
export function resized([x, y, width, height], edges, right, down) {
  const pulled = (begin, length, first, last, by) => {
    const end = begin + length;
    const from = first ? within(begin + by, 0, end - LEAST) : begin;
    const to = last ? within(end + by, begin + LEAST, 1) : end;
    return [from, to - from];
  };
  const [left, wide] = pulled(x, width, edges.left, edges.right, right);
  const [top, high] = pulled(y, height, edges.top, edges.bottom, down);
  return fitted([left, top, wide, high]);
}

// Which edges of a box a point is at, `reach` has how near in x and in y; nothing inside it or beyond.
export function edgesAt([x, y, width, height], point, reach) {
  const isNear = point.x > x - reach.x && point.x < x + width + reach.x &&
                 point.y > y - reach.y && point.y < y + height + reach.y;
  if (!isNear) return null;
  const at = (place, edge, far) => Math.abs(place - edge) < far;
  const edges = {left: at(point.x, x, reach.x), right: at(point.x, x + width, reach.x),
                 top: at(point.y, y, reach.y), bottom: at(point.y, y + height, reach.y)};
  if (edges.left && edges.right) edges.left = false;
  if (edges.top && edges.bottom) edges.top = false;
  return Object.values(edges).some(Boolean) ? edges : null;
}

export function contains([x, y, width, height], point) {
  return point.x >= x && point.x <= x + width && point.y >= y && point.y <= y + height;
}

const shared = (begin, length, other, otherLength) =>
    Math.max(0, Math.min(begin + length, other + otherLength) - Math.max(begin, other));

// A box for a new thing, where the fewest others are.
export function freePlace(boxes) {
  const overlap = ([x, y, width, height]) => boxes.reduce((sum, box) =>
      sum + shared(x, width, box[0], box[2]) * shared(y, height, box[1], box[3]), 0);
  const places = [0.05, 0.35, 0.65].flatMap((y) => [0.05, 0.35, 0.65].map((x) => [x, y, 0.3, 0.3]));
  const roomy = [[0.05, 0.2, 0.4, 0.6], [0.55, 0.2, 0.4, 0.6]];
  return [...roomy, ...places].reduce((best, each) => (overlap(each) < overlap(best) ? each : best));
}
