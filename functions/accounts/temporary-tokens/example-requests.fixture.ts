import { plain, type Example } from '#test/support/example-request.ts';

export const exampleRequests: Readonly<Record<string, Example>> = {
  'POST /tempauth': plain({ body: { purpose: 'report_download', ttl: 10 } }),
};
