import { join } from 'node:path';
import { prefersJsonToHtml } from '#http/answers/accept.ts';
import { document, ok, seeOther, type DocumentAnswer } from '#http/answers/answer.ts';
import { assetAnswer } from '#http/answers/asset.ts';
import { entityTag } from '#http/answers/not-modified.ts';
import { assetsIn } from '#runtime/assets.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { serve } from '#http/serve.ts';
import { version } from '#version.ts';
import { documentation, getAsset, getDocumentation, getPhone, getRedoc, getSimulator, getSwagger } from './contract.ts';
import { overviewBody, type OverviewEntry } from './overview.ts';
import {
  bar,
  pageTitles,
  phonePolicy,
  policies,
  renderPage,
  simulatorAddress,
  type Page,
  type PagePath,
} from './page.ts';
import { phoneBody } from './phone.ts';

const name = 'Trunkline';

function pageAnswer(page: Page, policy: string): DocumentAnswer<200> {
  const html = renderPage(page);
  return document('text/html; charset=utf-8', html, {
    'Content-Security-Policy': policy,
    ETag: entityTag(html),
    Vary: 'Accept',
  });
}

/**
 * @param dependencies what the function touches; tests bring their own
 * @param assets the files beside the bundle
 */
export const documentationHandler = (
  dependencies = dependenciesFromEnvironment(),
  assets = assetsIn(join(import.meta.dirname, 'assets')),
) => {
  const entries = () => assets.json('overview.json') as OverviewEntry[];
  const addressOf = (source: string): string => `/documentation/assets/${assets.nameOf(source)}`;
  const scripted = (path: PagePath, source: string, body: string): Page => ({
    title: `${name}: ${pageTitles[path]}`,
    styles: [addressOf(`${source}.css`)],
    scripts: [addressOf(`${source}.js`)],
    body,
  });
  const reference = (path: PagePath, source: string, content: string): DocumentAnswer<200> =>
    pageAnswer(scripted(path, source, bar(name, path) + content), policies.reference);
  return serve(
    documentation,
    {
      [getDocumentation.route]: async ({ headers }, { environment }) => {
        if (prefersJsonToHtml(headers['accept']))
          return ok({ name, version, openapi: '/openapi.json', endpoints: entries() }, { headers: { Vary: 'Accept' } });
        const body = overviewBody({ name, version, url: environment['PUBLIC_URL'] ?? '', entries: entries() });
        return pageAnswer(
          { title: `${name} API`, styles: [addressOf('overview.css')], scripts: [], body },
          policies.overview,
        );
      },
      [getRedoc.route]: async () => reference('/documentation/redoc', 'redoc', '<main><redoc></redoc></main>'),
      [getSwagger.route]: async () => reference('/documentation/swagger', 'swagger', '<main id="swagger"></main>'),
      [getSimulator.route]: async () => seeOther(simulatorAddress),
      [getPhone.route]: async (_request, { environment }) =>
        pageAnswer(
          scripted('/documentation/phone', 'phone', phoneBody(name)),
          phonePolicy(environment['WEBSOCKET_URL']),
        ),
      [getAsset.route]: async ({ params, headers }) => assetAnswer(assets, params.file, headers['accept-encoding']),
    },
    dependencies,
  );
};

export const handler = documentationHandler();
