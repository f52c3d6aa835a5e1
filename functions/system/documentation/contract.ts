import * as z from 'zod';
import { endpoint, methods, raw } from '../../../shared/contract/endpoint.ts';
import { areas, resource } from '../../../shared/contract/resource.ts';

const Entry = z.object({
  area: z.enum(areas),
  method: z.enum(methods),
  path: z.string(),
  scope: z.string(),
  summary: z.string(),
});

const Documentation = z.object({
  name: z.string(),
  version: z.string(),
  openapi: z.literal('/openapi.json'),
  endpoints: z.array(Entry),
});
export type Documentation = z.infer<typeof Documentation>;

/**
 * Pages are asked for anew each time and cost nothing when unchanged (304), so that none names assets of an earlier
 * version.
 */
const page = { scope: 'public', errors: [], effects: [], rate: 'none', cacheControl: 'no-cache' } as const;

export const getDocumentation = endpoint('GET /documentation', {
  ...page,
  summary: 'API documentation: HTML, or JSON by Accept',
  description: 'Every endpoint with its area and the scope that it needs; the way to the references.',
  answers: { 200: Documentation },
  alsoAnswers: raw(['text/html']),
});

export const getRedoc = endpoint('GET /documentation/redoc', {
  ...page,
  summary: 'The reference in ReDoc',
  answers: { 200: raw(['text/html']) },
});

export const getSwagger = endpoint('GET /documentation/swagger', {
  ...page,
  summary: 'The reference in Swagger UI',
  description: '"Try it out" sends requests to this API, with the token given under "Authorize".',
  answers: { 200: raw(['text/html']) },
});

export const getSimulator = endpoint('GET /documentation/simulator', {
  ...page,
  summary: 'A simulator of dial plans',
  description:
    'Decides numbers, or the call records of a period, by the saved dial plan and by a draft of it, and shows what changes. It asks this API with the token that it is given.',
  answers: { 200: raw(['text/html']) },
});

export const getAsset = endpoint('GET /documentation/assets/{file}', {
  summary: 'A script or style sheet of these pages',
  description:
    'The name holds a hash of the content, so it may be kept for ever. Gzipped where `Accept-Encoding` allows.',
  scope: 'public',
  params: { file: z.string().max(64) },
  answers: { 200: raw(['text/javascript', 'text/css']) },
  errors: ['NOT_FOUND'],
  effects: [],
  rate: 'none',
});

export const documentation = resource('documentation', {
  area: 'system',
  format: 'reference',
  endpoints: [getDocumentation, getRedoc, getSwagger, getSimulator, getAsset],
});
