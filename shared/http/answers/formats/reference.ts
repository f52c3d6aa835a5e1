import type { ResponseFormat } from './format.ts';
import { listFigures, remarks } from './standard.ts';

/** `{"status":"success","success":true,"data":…}`. */
export const reference: ResponseFormat = {
  success: (answer) => ({ status: 'success', success: true, ...remarks(answer), data: answer.data }),
  list: (answer) => ({ status: 'success', success: true, data: answer.page.items, ...listFigures(answer) }),
};
