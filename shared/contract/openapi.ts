import type { Endpoint } from './endpoint.ts';
import { requestSchema, type JsonSchema } from './json-schema.ts';
import { sharedErrorResponses } from './openapi-errors.ts';
import { openApiPath, operationsOf } from './openapi-operation.ts';
import { assertTypeNames, hoistSchemas } from './openapi-schemas.ts';
import { areas, type Area, type FunctionContract, type Resource } from './resource.ts';
import { underVoipbin, voipbin } from './voipbin.ts';
import { OrganizationId } from '../schema/values.ts';

/** The OpenAPI 3.1 document, derived from the contracts. */

/** A set of base paths whose answers have the same forms. */
type Base = {
  readonly server: string;
  readonly introduction: string;
  /** An endpoint as it is there. */
  readonly under: (endpoint: Endpoint) => Endpoint;
};

const credentials = `**Credentials.** Send a session token or an access key in \`Authorization: Bearer\`. An access \
key may also be in the query parameter \`accesskey\`.`;

const requests = (place: string): string => `**Requests.** Bodies are JSON objects of up to 1 MiB, unless the \
endpoint says otherwise. Unknown fields and query parameters have no effect: \`warnings\` ${place} names up to 20 of \
them, with the nearest known name. A field that is absent stays unchanged in an update; null clears an optional field.`;

const gatewayErrors = `API Gateway's own errors (413, 429, 431, 503) have the form \`{"message": "…"}\`.`;

const everywhere: Base = {
  server: '/',
  introduction: `Every path is available without a prefix and with the prefixes \`/v1\`, \`/platform\` and \
\`/api/v1\`. With the prefix \`${voipbin.basePath}\` answers have other forms, which \
[${voipbin.basePath}/openapi.json](${voipbin.basePath}/openapi.json) describes.

${credentials}

${requests('at the top level of the answer')}

**Errors.** Errors are JSON if \`Accept\` names JSON, otherwise XML. Use the stable \`code\` in programs, and quote \
\`request_id\` when you report a problem. ${gatewayErrors}`,
  under: (endpoint) => endpoint,
};

const atVoipbin: Base = {
  server: voipbin.basePath,
  introduction: `All paths have the prefix \`${voipbin.basePath}\`. Without it, and with other prefixes, answers have \
the forms of [/openapi.json](/openapi.json).

${credentials}

${requests('beside the fields of the answer')}

**Answers.** The answer is the resource itself. A list is \`{"result": […], "next_page_token": "…"}\`. Its parameters \
are \`page_size\` and \`page_token\`. Send \`next_page_token\` as \`page_token\` to get the next page; it is empty on \
the last page. Files, images, pages and the XML of switches are the same as with other prefixes.

**Errors.** Errors are always JSON: \`{"error": "<code>", "message": "…", "request_id": "…"}\`. A broken rule of a \
body is 400. Quote \`request_id\` when you report a problem. Statuses 429 and 503 have \`Retry-After\` (seconds). \
${gatewayErrors}`,
  under: underVoipbin,
};

const areaDescriptions: Readonly<Record<Area, string>> = {
  auth: 'Log-in, sessions, access keys, two-factor authentication and signing keys',
  users: 'Users, groups, permissions and directories',
  orgs: 'Organizations, their domains and addresses',
  telephony: 'SIP trunks, gateways, devices, phone numbers and mobile lines',
  dialplan: 'Policies and the template that route calls',
  billing: 'Tariffs, billing profiles and call detail records',
  messaging: 'SMS, e-mail and voicemail',
  system: 'Events, logs, webhooks, files, health and API documentation',
  calls: 'Calls in progress and registered phones',
};

const header = (description: string, schema: JsonSchema): JsonSchema => ({ description, schema });
const integer = { type: 'integer' };

const responseHeaders = {
  'X-Request-Id': header('Id of the request; quote it when you report a problem', { type: 'string' }),
  'X-RateLimit-Limit': header('Requests allowed per minute', integer),
  'X-RateLimit-Remaining': header('Requests left in the current minute', integer),
  'X-RateLimit-Reset': header('End of the current minute (Unix seconds)', integer),
  'Retry-After': header('Seconds to wait before the next attempt', integer),
  'WWW-Authenticate': header('The authentication scheme, `Bearer` (RFC 9110 §11.6.1)', { type: 'string' }),
};

const parameters = {
  org_id: {
    name: 'org_id',
    in: 'query',
    required: false,
    schema: requestSchema(OrganizationId),
    description:
      "The organization to work in; the caller's own by default. May also be named `orgId` or `organization_id`, and " +
      'may be in the body of PUT and POST.',
  },
  'If-Match': {
    name: 'If-Match',
    in: 'header',
    required: false,
    schema: { type: 'string' },
    // Without an example, which Swagger UI would send with every request.
    description:
      'The `ETag` of an earlier answer (`"3"`). If the resource has changed since, the request is rejected (409 ' +
      '`VERSION_CONFLICT`).',
  },
  'Idempotency-Key': {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    schema: { type: 'string', minLength: 1, maxLength: 255 },
    description:
      'A unique value that makes the request safe to repeat for 24 hours: the same request with the same key gets ' +
      'the first answer, with `Idempotent-Replayed: true`.',
  },
};

const securitySchemes = {
  bearer: { type: 'http', scheme: 'bearer', description: 'A session token or an access key.' },
  accesskey: {
    type: 'apiKey',
    in: 'query',
    name: 'accesskey',
    description: 'An access key. `Authorization` takes precedence.',
  },
  basic: { type: 'http', scheme: 'basic', description: 'The name `key`, and an access key as the password.' },
};

function pathsOf(resources: readonly Resource[], { under }: Base): Record<string, Record<string, JsonSchema>> {
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const resource of resources)
    for (const endpoint of resource.endpoints)
      Object.assign((paths[openApiPath(endpoint.path)] ??= {}), operationsOf(under(endpoint), resource));
  return paths;
}

/** The components that a document refers to. Those of response formats without endpoints, for example, are left out. */
function referredTo(kind: string, components: JsonSchema, from: unknown): JsonSchema {
  const text = JSON.stringify(from);
  return Object.fromEntries(
    Object.entries(components).filter(([name]) => text.includes(`"#/components/${kind}/${name}"`)),
  );
}

/** Derives the OpenAPI document. @param version of the platform (semver) */
export const openApi = (contracts: readonly FunctionContract[], version: string): JsonSchema =>
  documentAt(everywhere, contracts, version);

/** Derives the document of the base path `/v1.0`. @param version of the platform (semver) */
export const openApiUnderVoipbin = (contracts: readonly FunctionContract[], version: string): JsonSchema =>
  documentAt(atVoipbin, contracts, version);

function documentAt(base: Base, contracts: readonly FunctionContract[], version: string): JsonSchema {
  const resources = contracts.filter((contract): contract is Resource => contract.kind === 'resource');
  const paths = pathsOf(resources, base);
  const { value: answers, schemas } = hoistSchemas({
    paths,
    parameters: referredTo('parameters', parameters, paths),
    responses: referredTo('responses', sharedErrorResponses(), paths),
  });
  assertTypeNames(schemas);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Trunkline',
      version,
      description: base.introduction,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: base.server }],
    tags: areas
      .filter((area) => resources.some((resource) => resource.area === area))
      .map((name) => ({ name, description: areaDescriptions[name] })),
    paths: answers.paths,
    components: {
      schemas,
      responses: answers.responses,
      headers: referredTo('headers', responseHeaders, answers),
      parameters: answers.parameters,
      securitySchemes,
    },
  };
}
