import { join } from 'node:path';
import { voipbin } from '#contract/voipbin.ts';
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
  // A document does not change while a process runs.
  const known = new Map<string, Text>();
  const documentOf = (asset: string): Text => {
    const text = known.get(asset) ?? tagged(assets.text(asset));
    known.set(asset, text);
    return text;
  };
  return serve(
    documents,
    {
      [getOpenApi.route]: async ({ asked }) => {
        const isUnderVoipbin = asked.path === `${voipbin.basePath}${getOpenApi.path}`;
        const { text, tag } = documentOf(isUnderVoipbin ? 'openapi-voipbin.json' : 'openapi.json');
        return document('application/json', text, { ETag: tag });
      },
    },
    dependencies,
  );
};

export const handler = documentsHandler();
