import type { Face } from './face.ts';
import { listFigures, remarks } from './standard.ts';

/** Seed 004: `success` and the named fields beside it, no `data`. */
export const dialplan: Face = {
  success: (answer) => ({ success: true, ...remarks(answer), ...Object(answer.data) }),
  list: (answer, name) => ({ success: true, ...listFigures(answer), [name]: answer.page.items }),
};
