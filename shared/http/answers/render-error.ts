import type { Problem } from '../../errors.ts';
import { prefersJson } from './accept.ts';
import type { ResponseFormat } from './formats.ts';
import { xmlDocument } from './xml.ts';

export type RenderedBody = { readonly contentType: string; readonly body: string };

type ErrorContext = {
  readonly requestId: string;
  readonly now: Date;
  readonly accept: string | undefined;
  readonly format: ResponseFormat | undefined;
};

const json = (value: unknown): RenderedBody => ({ contentType: 'application/json', body: JSON.stringify(value) });

/**
 * Renders every error: in the response format's own form, or else as JSON or XML by `Accept`
 * (shared/http/answers/README.md, "Errors").
 */
export function renderError(error: Problem, context: ErrorContext): RenderedBody {
  if (context.format?.error !== undefined) return json(context.format.error(error, context.requestId));
  if (prefersJson(context.accept)) {
    const { code, message, details } = error;
    return json({ success: false, error: { code, message, details }, request_id: context.requestId });
  }
  return {
    contentType: 'application/xml; charset=utf-8',
    body: xmlDocument({
      error: {
        code: error.status,
        message: error.message,
        reason: error.code,
        timestamp: context.now.toISOString(),
        request_id: context.requestId,
        ...(error.details.length === 0 ? {} : { details: { detail: error.details } }),
      },
    }),
  };
}
