import type { ResponseFormat } from './format.ts';
import { listFigures, remarks } from './standard.ts';

/** `{"success":true,…}`: the fields themselves, without `data`. */
export const dialplan: ResponseFormat = {
  success: (answer) => ({ success: true, ...remarks(answer), ...(answer.data as object) }),
  list: (answer, name) => ({ success: true, ...listFigures(answer), [name]: answer.page.items }),
};
