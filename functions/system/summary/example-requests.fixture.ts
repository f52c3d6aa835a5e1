import { plain, type Example } from '#test/support/example-request.ts';

export const exampleRequests: Readonly<Record<string, Example>> = { 'GET /summary': plain() };
