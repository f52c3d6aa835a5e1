import type { ResponseFormat } from './format.ts';
import { withWarnings } from './standard.ts';

/** The bare object; a list as `result`; errors always JSON, with the code in lower case and with facts beside it. */
export const voipbin: ResponseFormat = {
  success: (answer) => withWarnings(answer.data, answer),
  list: ({ page, ...answer }) => withWarnings({ result: page.items, next_page_token: page.nextToken }, answer),
  error: ({ code, message, facts }, requestId) => ({
    error: code.toLowerCase(),
    message,
    ...facts,
    request_id: requestId,
  }),
};
