import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type * as z from 'zod';
import type { AnswerSchema, Endpoint } from '../../contract/endpoint.ts';
import type { Answer, DocumentAnswer } from './answer.ts';
import type { ResponseFormat } from './formats.ts';

/** An answer as it is sent. */
export type Rendered = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The body is base64, because it has bytes that JSON, the form of API Gateway's results, cannot hold. */
  readonly base64?: true;
};

/** A handler's answer breaks its own contract. It is never sent: the client gets a 500. */
export class InvalidResponse extends Error {
  override name = 'InvalidResponse';
}

function parseAnswer(schema: z.ZodType, value: unknown, route: string): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  // Paths only: values may be private.
  throw new InvalidResponse(
    `${route}: ${result.error.issues.map((issue) => `${issue.path.join('.')} ${issue.code}`).join(', ')}`,
  );
}

/** @throws InvalidResponse */
function assertEmpty(declared: AnswerSchema | undefined, route: string): void {
  if (declared === undefined || isSchema(declared) || declared.kind !== 'empty')
    throw new InvalidResponse(`${route}: the contract declares a body`);
}

const isSchema = (declared: AnswerSchema): declared is z.ZodType => 'safeParse' in declared;

/** Renders an answer in a response format, without fields that the contract does not name. @throws InvalidResponse */
export function renderAnswer(endpoint: Endpoint, answer: Answer, format: ResponseFormat): Rendered {
  const declared = endpoint.answers[answer.status as keyof Endpoint['answers']];
  const headers = { ...(answer.version === undefined ? {} : { ETag: `"${answer.version}"` }), ...answer.headers };
  switch (answer.kind) {
    case 'document':
      return { status: answer.status, headers: { ...headers, 'Content-Type': answer.contentType }, ...bodyOf(answer) };
    case 'empty':
      assertEmpty(declared, endpoint.route);
      return { status: answer.status, headers, body: '' };
    case 'data': {
      if (declared === undefined || !isSchema(declared))
        throw new InvalidResponse(`${endpoint.route}: the contract declares no data for ${answer.status}`);
      return json(
        answer.status,
        headers,
        format.success({ ...answer, data: parseAnswer(declared, answer.data, endpoint.route) }, endpoint.listField),
      );
    }
    case 'page': {
      if (declared === undefined || isSchema(declared) || declared.kind !== 'list')
        throw new InvalidResponse(`${endpoint.route}: the contract declares no list for ${answer.status}`);
      const items = answer.page.items.map((item) => parseAnswer(declared.item, item, endpoint.route));
      return json(
        answer.status,
        headers,
        format.list({ ...answer, page: { ...answer.page, items } }, declared.name ?? 'data'),
      );
    }
  }
}

const bodyOf = ({ body }: DocumentAnswer): Pick<Rendered, 'body' | 'base64'> =>
  typeof body === 'string' ? { body } : { body: Buffer.from(body).toString('base64'), base64: true };

const json = (status: number, headers: Readonly<Record<string, string>>, value: unknown): Rendered => ({
  status,
  headers: { ...headers, 'Content-Type': 'application/json' },
  body: JSON.stringify(value),
});

/** Security headers of every answer (OWASP REST Security Cheat Sheet). */
const securityHeaders = {
  'X-Content-Type-Options': 'nosniff',
  'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
  'Referrer-Policy': 'no-referrer',
  'X-Frame-Options': 'DENY',
} as const;

/** The Lambda result for API Gateway. @param more headers of the endpoint; those of the answer override them */
export const gatewayResult = (
  of: Rendered,
  requestId: string,
  more: Readonly<Record<string, string>>,
): APIGatewayProxyStructuredResultV2 => ({
  statusCode: of.status,
  headers: { ...securityHeaders, 'Cache-Control': 'no-store', ...more, ...of.headers, 'X-Request-Id': requestId },
  body: of.body,
  ...(of.base64 === true ? { isBase64Encoded: true } : {}),
});
