import type { ResponseFormat } from './format.ts';
import { listFigures, withWarnings } from './standard.ts';

/** The bare object; a list under its name; errors always JSON, with `details` as an object. */
export const bare: ResponseFormat = {
  success: (answer) => withWarnings(answer.data, answer),
  list: (answer, name) => ({ [name]: answer.page.items, ...listFigures(answer) }),
  error: ({ code, message, details, facts }) => ({
    error: { code, message, details: { ...facts, ...(details.length === 0 ? {} : { violations: details }) } },
  }),
};
