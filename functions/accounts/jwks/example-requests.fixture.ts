import { plain, type Example } from '#test/support/example-request.ts';

export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /.well-known/jwks.json': plain(),
  'GET /.well-known/archive-keys.json': plain(),
};
