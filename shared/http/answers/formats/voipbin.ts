import type { ResponseFormat } from './format.ts';

/** Seed 002: the bare object, lists under `result`, errors with a code in lower case, always JSON. */
export const voipbin: ResponseFormat = {
  success: (answer) => answer.data,
  list: ({ page }) => ({ result: page.items, next_page_token: page.nextToken }),
  error: (error, requestId) => ({ error: error.code.toLowerCase(), message: error.message, request_id: requestId }),
};
