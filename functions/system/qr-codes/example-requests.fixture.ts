import { plain, type Example } from '#test/support/example-request.ts';

export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /qrcode/{data+}': plain({ params: { data: 'https://example.com/phones' } }),
};
