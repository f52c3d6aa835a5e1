import type { Objects } from './objects.ts';

const missing = () => Promise.reject(new Error('this function has no objects in its dependencies'));

/** The objects of a function that has none in its dependencies. */
export const noObjects: Objects = {
  begin: missing,
  part: missing,
  finish: missing,
  abandon: missing,
  put: missing,
  get: missing,
  open: missing,
  remove: missing,
};
