import type { ResponseFormat } from './format.ts';
import { listFigures, remarks, withWarnings } from './standard.ts';

/** `{"success":true,…}`: the fields themselves, without `data`. */
export const dialplan: ResponseFormat = {
  success: ({ warnings, ...answer }) =>
    withWarnings({ success: true, ...remarks(answer), ...(answer.data as object) }, { ...(warnings && { warnings }) }),
  list: (answer, name) => ({ success: true, ...listFigures(answer), [name]: answer.page.items }),
};
