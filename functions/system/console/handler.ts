import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { document } from '#http/answers/answer.ts';
import { assetAnswer } from '#http/answers/asset.ts';
import { serve } from '#http/serve.ts';
import { linkPrefix } from '#objects/links.ts';
import { assetsIn } from '#runtime/assets.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { platformLook } from '#schema/console-look.ts';
import { console, getConsole, getConsoleAsset } from './contract.ts';
import { consolePage, consolePolicy } from './page.ts';

/**
 * @param dependencies what the function touches; tests bring their own
 * @param assets the files beside the bundle
 */
export const consoleHandler = (
  dependencies = dependenciesFromEnvironment(),
  assets = assetsIn(join(import.meta.dirname, 'assets')),
) => {
  const addressOf = (source: string): string => `/console/${assets.nameOf(source)}`;
  return serve(
    console,
    {
      [getConsole.route]: async (_request, { environment }) => {
        const nonce = randomBytes(18).toString('base64');
        const addresses = {
          script: addressOf('console.js'),
          application: addressOf('application.js'),
          style: addressOf('console.css'),
        };
        const webSocketUrl = environment['WEBSOCKET_URL'];
        const objects = (['files', 'voicemail'] as const).map((bucket) => linkPrefix(bucket, environment));
        return document(
          'text/html; charset=utf-8',
          consolePage(platformLook.name, { addresses, nonce, webSocketUrl }),
          {
            'Content-Security-Policy': consolePolicy(nonce, webSocketUrl, objects),
          },
        );
      },
      [getConsoleAsset.route]: async ({ params, headers }) =>
        assetAnswer(assets, params.file, headers['accept-encoding']),
    },
    dependencies,
  );
};

export const handler = consoleHandler();
