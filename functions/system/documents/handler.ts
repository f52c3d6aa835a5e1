import { join } from 'node:path';
import { document } from '#http/answers/answer.ts';
import { entityTag } from '#http/answers/not-modified.ts';
import { assetsIn } from '#runtime/assets.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { serve } from '#http/serve.ts';
import { documents, getOpenApi } from './contract.ts';

type Text = { readonly text: string; readonly tag: string };

const tagged = (text: string): Text => ({ text, tag: entityTag(text) });

/**
 * @param dependencies what the function touches; tests bring their own
 * @param assets the files beside the bundle
 */
export const documentsHandler = (
  dependencies = dependenciesFromEnvironment(),
  assets = assetsIn(join(import.meta.dirname, 'assets')),
) => {
  // The document does not change while a process runs.
  let openApi: Text | undefined;
  return serve(
    documents,
    {
      [getOpenApi.route]: async () => {
        openApi ??= tagged(assets.text('openapi.json'));
        return document('application/json', openApi.text, { ETag: openApi.tag });
      },
    },
    dependencies,
  );
};

export const handler = documentsHandler();
