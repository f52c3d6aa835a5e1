import * as z from 'zod';
import { namesBucket } from '#contract/effects.ts';
import { endpoint, raw } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';

const OperationList = z
  .object({
    operations: z.record(z.string(), z.unknown()).describe('Operations of an area by method and path'),
    schemas: z.record(z.string(), z.unknown()).describe('Schemas that they refer to, by name'),
  })
  .meta({ id: 'OperationList', example: { operations: { 'GET /users': { id: 'listUsers' } }, schemas: {} } });

export const getConsole = endpoint('GET /', {
  id: 'getConsole',
  summary: 'Get the console',
  description:
    'The page signs a person in, and shows the pages and controls that the scopes of the person permit. It sends ' +
    'requests to this API only, with the token of that session.',
  scope: 'public',
  answers: { 200: raw(['text/html']) },
  errors: [],
  effects: [namesBucket('files'), namesBucket('voicemail')],
  rate: 'none',
  cacheControl: 'no-store',
});

export const getConsoleAsset = endpoint('GET /console/{file}', {
  id: 'getConsoleAsset',
  summary: 'Get a script, a style sheet or a list of operations of the console',
  description:
    'Names of scripts and style sheets contain a hash of the content, so they can be cached for ever; lists of ' +
    'operations are revalidated. Compressed if `Accept-Encoding` allows it.',
  scope: 'public',
  params: { file: z.string().max(64).describe('Name of the file, as the page links it.') },
  answers: { 200: raw(['text/javascript', 'text/css']) },
  alsoAnswers: raw(['application/json'], OperationList),
  errors: ['NOT_FOUND'],
  effects: [],
  rate: 'none',
});

export const console = resource('console', {
  area: 'system',
  format: 'reference',
  endpoints: [getConsole, getConsoleAsset],
});
