import { plain, type Example } from '#test/support/example-request.ts';

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /documentation': plain(),
  'GET /documentation/redoc': plain(),
  'GET /documentation/swagger': plain(),
  'GET /documentation/simulator': plain(),
  'GET /documentation/phone': plain(),
  // Names contain a hash of the content: any other name is 404, for every caller.
  'GET /documentation/assets/{file}': plain({ params: { file: 'swagger.js' } }),
};
