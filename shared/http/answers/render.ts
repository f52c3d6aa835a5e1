import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type * as z from 'zod';
import type { AnswerSchema, Endpoint } from '../../contract/endpoint.ts';
import type { Answer, DocumentAnswer } from './answer.ts';
import type { ResponseFormat } from './formats/format.ts';

/** A success as it goes out: status, headers and body. */
export type Rendered = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The body's bytes are written in base64: JSON, in which it goes to API Gateway, holds text only. */
  readonly base64?: true;
};

/** A handler's answer that its own contract does not allow: our fault, never sent. */
export class InvalidResponse extends Error {
  override name = 'InvalidResponse';
}

function checked(schema: z.ZodType, value: unknown, route: string): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  // Paths only: the values may be anybody's data.
  throw new InvalidResponse(
    `${route}: ${result.error.issues.map((issue) => `${issue.path.join('.')} ${issue.code}`).join(', ')}`,
  );
}

const isSchema = (declared: AnswerSchema): declared is z.ZodType => 'safeParse' in declared;

/** The answer in its face's form. What the contract does not name is left out; what breaks it is thrown. */
export function renderAnswer(endpoint: Endpoint, answer: Answer, format: ResponseFormat): Rendered {
  const declared = endpoint.answers[answer.status as keyof Endpoint['answers']];
  const headers = { ...(answer.version === undefined ? {} : { ETag: `"${answer.version}"` }), ...answer.headers };
  switch (answer.kind) {
    case 'document':
      return { status: answer.status, headers: { ...headers, 'Content-Type': answer.contentType }, ...bodyOf(answer) };
    case 'data': {
      if (declared === undefined || !isSchema(declared))
        throw new InvalidResponse(`${endpoint.route}: no data is declared for ${answer.status}`);
      return rendered(
        answer.status,
        headers,
        format.success({ ...answer, data: checked(declared, answer.data, endpoint.route) }),
      );
    }
    case 'page': {
      if (declared === undefined || isSchema(declared) || declared.kind !== 'list')
        throw new InvalidResponse(`${endpoint.route}: no list is declared for ${answer.status}`);
      const items = answer.page.items.map((item) => checked(declared.item, item, endpoint.route));
      return rendered(
        answer.status,
        headers,
        format.list({ ...answer, page: { ...answer.page, items } }, declared.name ?? 'data'),
      );
    }
  }
}

const bodyOf = ({ body }: DocumentAnswer): Pick<Rendered, 'body' | 'base64'> =>
  typeof body === 'string' ? { body } : { body: Buffer.from(body).toString('base64'), base64: true };

const rendered = (status: number, headers: Readonly<Record<string, string>>, value: unknown): Rendered => ({
  status,
  headers: { ...headers, 'Content-Type': 'application/json' },
  body: JSON.stringify(value),
});

/** Headers of every answer (OWASP REST cheat sheet; auth.md). */
const security = {
  'X-Content-Type-Options': 'nosniff',
  'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
  'Referrer-Policy': 'no-referrer',
  'X-Frame-Options': 'DENY',
} as const;

export const gatewayResult = (
  of: Rendered,
  requestId: string,
  more: Readonly<Record<string, string>>,
): APIGatewayProxyStructuredResultV2 => ({
  statusCode: of.status,
  headers: { ...security, 'Cache-Control': 'no-store', ...more, ...of.headers, 'X-Request-Id': requestId },
  body: of.body,
  ...(of.base64 === true ? { isBase64Encoded: true } : {}),
});
