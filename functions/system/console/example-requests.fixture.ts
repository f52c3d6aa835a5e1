import { plain, type Example } from '#test/support/example-request.ts';

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /': plain(),
  // Names contain a hash of the content: any other name is 404, for every caller.
  'GET /console/{file}': plain({ params: { file: 'console.js' } }),
};
