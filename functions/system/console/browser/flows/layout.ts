import { graphlib, layout } from '@dagrejs/dagre';

/** Places of the steps of a flow on its canvas: never one above another. Lengths are CSS pixels. */

export type Size = { readonly width: number; readonly height: number };
export type Position = { readonly x: number; readonly y: number };
export type Box = Size & Position;

/** Steps in their order, each with the steps to which its ways lead. */
export type LaidOut = { readonly name: string; readonly size: Size; readonly to: readonly string[] };

/** Between boxes: within a column, and from column to column, where the ways are drawn. */
const gap = { row: 24, column: 72 } as const;

/** From left to right in the direction of the ways (dagre), top left corners. */
export function arranged(steps: readonly LaidOut[]): Readonly<Record<string, Position>> {
  const graph = new graphlib.Graph();
  graph.setGraph({ rankdir: 'LR', nodesep: gap.row, ranksep: gap.column });
  graph.setDefaultEdgeLabel(() => ({}));
  const names = new Set(steps.map(({ name }) => name));
  for (const { name, size } of steps) graph.setNode(name, { ...size });
  for (const { name, to } of steps) for (const next of to) if (names.has(next)) graph.setEdge(name, next);
  layout(graph);
  return Object.fromEntries(
    steps.map(({ name, size: { width, height } }): [string, Position] => {
      const { x, y } = graph.node(name);
      return [name, { x: x - width / 2, y: y - height / 2 }];
    }),
  );
}

/** Whether two boxes have a point in common. */
export const intersects = (one: Box, other: Box): boolean =>
  one.x < other.x + other.width &&
  other.x < one.x + one.width &&
  one.y < other.y + other.height &&
  other.y < one.y + one.height;

/** Moves each box down until it is apart from those before it: the first one stays. */
function apart(boxes: readonly (Box & { readonly name: string })[]): Readonly<Record<string, Position>> {
  const placed: Box[] = [];
  const places = boxes.map((box): [string, Position] => {
    let { y } = box;
    for (let below = hit(box, y); below !== undefined; below = hit(box, y)) y = below;
    placed.push({ ...box, y });
    return [box.name, { x: box.x, y }];
  });
  return Object.fromEntries(places);

  function hit(box: Box, y: number): number | undefined {
    const found = placed.find((each) => intersects({ ...box, y }, each));
    return found === undefined ? undefined : found.y + found.height + gap.row;
  }
}

/**
 * The places of all steps: those that a person has moved stay, in the order in which they were moved, and the others
 * are arranged and make way.
 *
 * @param moved by the name of the step; of one that is gone: without effect
 */
export function placesOf(
  steps: readonly LaidOut[],
  moved: ReadonlyMap<string, Position>,
): Readonly<Record<string, Position>> {
  const places = arranged(steps);
  const sizes = new Map(steps.map(({ name, size }) => [name, size]));
  const names = [
    ...[...moved.keys()].filter((name) => sizes.has(name)),
    ...steps.map(({ name }) => name).filter((name) => !moved.has(name)),
  ];
  return apart(
    names.map((name) => ({
      name,
      ...(sizes.get(name) ?? { width: 0, height: 0 }),
      ...(moved.get(name) ?? places[name] ?? { x: 0, y: 0 }),
    })),
  );
}
