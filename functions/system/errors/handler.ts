import { join } from 'node:path';
import { stripBasePath } from '#contract/base-paths.ts';
import type { Problem } from '#errors.ts';
import type { DocumentAnswer } from '#http/answers/answer.ts';
import type { Request } from '#http/handlers.ts';
import { serve } from '#http/serve.ts';
import { assetsIn, type Assets } from '#runtime/assets.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { getErrorDocument, errorDocuments } from './contract.ts';
import { standardProblem, unknownPath, wantedStatus } from './error-document.ts';
import { methodsAt, withoutTrailingSlash, type KnownEndpoint } from './known-paths.ts';
import { nearestPath } from './nearest-path.ts';

type ErrorsRequest = Request<typeof getErrorDocument>;

function document(
  { errorDocument }: ErrorsRequest,
  problem: Problem,
  headers: Readonly<Record<string, string>> = {},
): DocumentAnswer {
  return { kind: 'document', status: problem.status, headers, ...errorDocument(problem) };
}

function redirect(path: string, query: ErrorsRequest['asked']['query']): DocumentAnswer {
  const parameters = new URLSearchParams(query).toString();
  return {
    kind: 'document',
    status: 308,
    contentType: 'text/plain; charset=utf-8',
    body: '',
    headers: { Location: parameters === '' ? path : `${path}?${parameters}` },
  };
}

/** A request that no route matches (`$default`): redirects a trailing slash, else 405 or 404. */
function unrouted(request: ErrorsRequest, assets: Assets): DocumentAnswer {
  const { path, query } = request.asked;
  const elsewhere = withoutTrailingSlash(path);
  if (elsewhere !== undefined && stripBasePath(elsewhere) !== '/') return redirect(elsewhere, query);
  const known = assets.json('known-paths.json') as readonly KnownEndpoint[];
  const methods = methodsAt(known, stripBasePath(path));
  return methods.length === 0
    ? document(request, unknownPath(nearestPath(known, stripBasePath(path))))
    : document(request, standardProblem(405), { Allow: methods.join(', ') });
}

/**
 * @param dependencies what the function touches; tests bring their own
 * @param assets the files beside the bundle
 */
export const errorsHandler = (
  dependencies = dependenciesFromEnvironment(),
  assets = assetsIn(join(import.meta.dirname, 'assets')),
) =>
  serve(
    errorDocuments,
    {
      [getErrorDocument.route]: async (request) =>
        stripBasePath(request.asked.path) === getErrorDocument.path
          ? document(request, standardProblem(wantedStatus(request.query.code)))
          : unrouted(request, assets),
    },
    dependencies,
  );

export const handler = errorsHandler();
