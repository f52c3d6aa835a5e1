import { expect, test } from 'vitest';
import { allowOrigins } from './cloud.ts';

const resource = (properties: object) => ({
  stack: 'api',
  logicalId: 'Api',
  type: 'AWS::ApiGatewayV2::Api',
  name: 'api',
  arn: '',
  properties: { ...properties },
});

test('pages of these origins are allowed where a template allows all, beside those that it names', () => {
  const origins = ['http://localhost:3000', 'https://app.example.com'];
  const api = resource({ CorsConfiguration: { AllowOrigins: ['*'], AllowMethods: ['*'] } });
  const bucket = resource({
    CorsConfiguration: {
      CorsRules: [{ AllowedOrigins: ['https://console.example.com', '*'], AllowedMethods: ['GET'] }],
    },
  });
  expect(allowOrigins([api, bucket], origins)).toEqual([
    resource({ CorsConfiguration: { AllowOrigins: origins, AllowMethods: ['*'] } }),
    resource({
      CorsConfiguration: {
        CorsRules: [{ AllowedOrigins: ['https://console.example.com', ...origins], AllowedMethods: ['GET'] }],
      },
    }),
  ]);
});
