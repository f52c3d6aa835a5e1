import * as z from 'zod';
import { endpoint, methods, raw } from '#contract/endpoint.ts';
import { areas, resource } from '#contract/resource.ts';

const Entry = z.object({
  area: z.enum(areas).describe('Area of the endpoint.'),
  method: z.enum(methods).describe('HTTP method.'),
  path: z.string().describe('Path, with its variables in braces.'),
  scope: z.string().describe('Scope that a caller needs; `any`: any credential; `public`: none.'),
  summary: z.string().describe('What the endpoint does.'),
});

const Documentation = z.object({
  name: z.string().describe('Name of the platform.'),
  version: z.string().describe('Version of the platform.'),
  openapi: z.literal('/openapi.json').describe('Path of the OpenAPI document.'),
  endpoints: z.array(Entry).describe('Every endpoint of the API.'),
});
export type Documentation = z.infer<typeof Documentation>;

const SimulatorAddress = z.string().describe('The address, as in `Location`').meta({ id: 'SimulatorAddress' });

/** Browsers revalidate pages each time (304 if unchanged), so that no page names assets of an earlier version. */
const page = { scope: 'public', errors: [], effects: [], rate: 'none', cacheControl: 'no-cache' } as const;

export const getDocumentation = endpoint('GET /documentation', {
  id: 'getDocumentation',
  ...page,
  summary: 'Get the API documentation: HTML, or JSON by Accept',
  description: 'Lists every endpoint with its area and the scope that it needs, and links to the references.',
  answers: { 200: Documentation },
  alsoAnswers: raw(['text/html']),
});

export const getRedoc = endpoint('GET /documentation/redoc', {
  id: 'getRedoc',
  ...page,
  summary: 'Get the reference in ReDoc',
  answers: { 200: raw(['text/html']) },
});

export const getSwagger = endpoint('GET /documentation/swagger', {
  id: 'getSwagger',
  ...page,
  summary: 'Get the reference in Swagger UI',
  description: '"Try it out" sends requests to this API with the token entered under "Authorize".',
  answers: { 200: raw(['text/html']) },
});

export const getSimulator = endpoint('GET /documentation/simulator', {
  id: 'getSimulator',
  ...page,
  summary: 'Go to the dial-plan simulator',
  description: 'Redirects to the simulator, which is a page of the console.',
  answers: { 303: raw(['text/plain'], SimulatorAddress) },
});

export const getPhone = endpoint('GET /documentation/phone', {
  id: 'getPhonePage',
  ...page,
  summary: 'Get the browser phone',
  description:
    'The page makes a phone line of 8 hours for the user that signs in there. The user calls and is called over it, ' +
    'and sees the events of its calls. Browsers give the page a microphone at `localhost` and over HTTPS only.',
  answers: { 200: raw(['text/html']) },
});

export const getAsset = endpoint('GET /documentation/assets/{file}', {
  id: 'getAsset',
  summary: 'Get a script or style sheet of these pages',
  description:
    'The name contains a hash of the content, so it can be cached for ever. Compressed if `Accept-Encoding` allows it.',
  scope: 'public',
  params: { file: z.string().max(64).describe('Name of the file, as the pages link it.') },
  answers: { 200: raw(['text/javascript', 'text/css']) },
  errors: ['NOT_FOUND'],
  effects: [],
  rate: 'none',
});

export const documentation = resource('documentation', {
  area: 'system',
  format: 'reference',
  endpoints: [getDocumentation, getRedoc, getSwagger, getSimulator, getPhone, getAsset],
});
