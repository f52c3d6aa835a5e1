import { withoutBasePath } from '../../../shared/contract/base-paths.ts';
import type { Problem } from '../../../shared/errors.ts';
import type { DocumentAnswer } from '../../../shared/http/answers/answer.ts';
import type { Request } from '../../../shared/http/handlers.ts';
import { serve } from '../../../shared/http/serve.ts';
import { dependenciesFromEnvironment } from '../../../shared/runtime/dependencies.ts';
import { contracts } from '../../contracts.ts';
import { anyErrors, errorDocuments } from './contract.ts';
import { standardProblem, wantedStatus } from './error-document.ts';
import { methodsAt, withoutTrailingSlash } from './known-paths.ts';

const known = contracts.flatMap((contract) => (contract.kind === 'resource' ? contract.endpoints : []));

type ErrorsRequest = Request<typeof anyErrors>;

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

/** What no route knows (`$default`): the path without its slash, another method of the path, or nothing. */
function unrouted(request: ErrorsRequest): DocumentAnswer {
  const { path, query } = request.asked;
  const elsewhere = withoutTrailingSlash(path);
  if (elsewhere !== undefined && withoutBasePath(elsewhere) !== '/') return redirect(elsewhere, query);
  const methods = methodsAt(known, withoutBasePath(path));
  return methods.length === 0
    ? document(request, standardProblem(404))
    : document(request, standardProblem(405), { Allow: methods.join(', ') });
}

/** @param outside what the function touches; tests bring their own */
export const errorsHandler = (dependencies = dependenciesFromEnvironment()) =>
  serve(
    errorDocuments,
    {
      [anyErrors.route]: async (request) =>
        withoutBasePath(request.asked.path) === anyErrors.path
          ? document(request, standardProblem(wantedStatus(request.query.code)))
          : unrouted(request),
    },
    dependencies,
  );

export const handler = errorsHandler();
