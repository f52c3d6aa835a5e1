/** What a phone looks like. */
export type Shape = 'desk' | 'large screen' | 'cordless' | 'conference' | 'adapter' | 'program';

/** By their names, those of the makers that the platform knows. Others are desk phones. */
const shapes: readonly (readonly [shape: Shape, model: RegExp])[] = [
  ['conference', /^CP\d|SoundStation|\bTrio\b|\bC520\b|GAC2\d{3}/i],
  ['cordless', /^W\d{2}[BHP]|\bM\d{3}\b|^DP7\d{2}/i],
  ['adapter', /^HT[58]\d{2}|SPA[12]\d{2}\b|\bATA\b/i],
  ['large screen', /^T(?:48|57|58)|\bD86\d|\bD785|GRP2616|GXP21[37]|GXV|VVX [45]\d0|SPA525/i],
];

const ofKinds: Readonly<Record<string, Shape>> = { softphone: 'program', ata: 'adapter' };

/** The shape of a model. @param kind as in the API; absent: it is not known yet */
export const shapeOf = (model: string | null, kind = 'phone'): Shape =>
  ofKinds[kind] ?? shapes.find(([, name]) => name.test(model?.trim() ?? ''))?.[0] ?? 'desk';
