import { hash } from 'node:crypto';
import { openApi } from '../../../shared/contract/openapi.ts';
import { document } from '../../../shared/http/answers/answer.ts';
import { dependenciesFromEnvironment } from '../../../shared/runtime/dependencies.ts';
import { serve } from '../../../shared/http/serve.ts';
import { version } from '../../../shared/version.ts';
import { contracts } from '../../contracts.ts';
import { documents, getOpenApi } from './contract.ts';

type Text = { readonly text: string; readonly tag: string };

/** Contracts do not change while a process runs, so the document is derived once. */
function openApiText(): Text {
  const text = JSON.stringify(openApi(contracts, version));
  return { text, tag: `"${hash('sha256', text, 'base64url').slice(0, 27)}"` };
}

/** @param dependencies what the function touches; tests bring their own */
export const documentsHandler = (dependencies = dependenciesFromEnvironment()) => {
  let derived: Text | undefined;
  return serve(
    documents,
    {
      [getOpenApi.route]: async () => {
        derived ??= openApiText();
        return document('application/json', derived.text, { ETag: derived.tag });
      },
    },
    dependencies,
  );
};

export const handler = documentsHandler();
