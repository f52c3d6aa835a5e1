import type { ResponseFormat } from './format.ts';

/** The bare object; a list as `result`; errors always JSON, with the code in lower case. */
export const voipbin: ResponseFormat = {
  success: (answer) => answer.data,
  list: ({ page }) => ({ result: page.items, next_page_token: page.nextToken }),
  error: (error, requestId) => ({ error: error.code.toLowerCase(), message: error.message, request_id: requestId }),
};
