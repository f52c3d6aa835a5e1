import { plain, type Example } from '#test/support/example-request.ts';

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /holidays': plain({ query: { country: 'DE', region: 'BY', year: '2027', language: 'en' } }),
};
