import { afterAll, expect, test } from 'vitest';
import { propertiesOf, synthesizer } from './templates.fixture.ts';

const { synthesize, remove } = synthesizer();
afterAll(remove);

const templates = synthesize();
const formats = propertiesOf(templates, 'AWS::ApiGatewayV2::Stage').map(
  ({ AccessLogSettings }) => (AccessLogSettings as { readonly Format: string }).Format,
);

/**
 * What API Gateway writes for a variable (API Gateway Developer Guide, "Customize HTTP API access logs"): the text as
 * it is, or `-` if there is none. `$context.error.messageString` is the quoted text. Quotation marks in messages of an
 * integration are escaped ("Troubleshooting issues with HTTP API Lambda integrations").
 */
function rendered(format: string, values: Readonly<Record<string, string>>): string {
  return format.replaceAll(/\$context\.([\w.]*\w)/g, (_, name: string) => {
    if (name === 'error.messageString') return JSON.stringify(values['error.message'] ?? '-');
    return JSON.stringify(values[name] ?? '-').slice(1, -1);
  });
}

const request = {
  requestId: 'JKJaXmPLvHcESHA=',
  requestTime: '21/Nov/2026:20:00:00 +0000',
  routeKey: 'GET /siptrunk/{id}',
};

test.each([
  ['an answer of a function', { ...request, status: '200', responseLatency: '12', responseLength: '480' }],
  ['a crash', { ...request, status: '500', 'error.message': 'Internal Server Error' }],
  [
    'an answer in a wrong form',
    {
      ...request,
      status: '500',
      'error.message': 'Internal Server Error',
      integrationErrorMessage: 'Lambda body contains the wrong type for field "headers"',
    },
  ],
  ['too many requests', { ...request, routeKey: '$default', status: '429', 'error.message': 'Too Many Requests' }],
  [
    'hostile texts',
    { ...request, status: '503', 'error.message': `"}\\\n{$.status = "200"`, integrationErrorMessage: '\u0000"-"' },
  ],
  ['nothing', {}],
])('the access log is JSON with the status: %s', (_, values: Readonly<Record<string, string>>) => {
  expect(formats).toHaveLength(2);
  for (const format of formats) {
    const line = JSON.parse(rendered(format, values)) as Readonly<Record<string, string>>;
    expect(line).toMatchObject({
      status: values['status'] ?? '-',
      error: values['error.message'] ?? '-',
      integrationError: values['integrationErrorMessage'] ?? '-',
    });
  }
});
