import { Alert, Button, Code, CopyButton, Group } from '@mantine/core';
import { t } from '../texts/texts.ts';
import { isObject } from '../../json-value.ts';

/** Secrets of an answer, which the API does not answer again. */
export const secretsIn = (answer: unknown): readonly (readonly [name: string, secret: string])[] =>
  Object.entries(isObject(answer) ? answer : {}).flatMap(([name, value]) =>
    typeof value === 'string' && /^(token|secret|password|admin_password)$/.test(name) ? [[name, value] as const] : [],
  );

/** Secrets that an answer shows once stay on the page until it is left. */
export function ShownOnce({ values }: { readonly values: unknown }) {
  const secrets = secretsIn(values);
  if (secrets.length === 0) return null;
  return (
    <Alert color="yellow" title={t('Shown once: store it now')} role="status">
      {secrets.map(([name, secret]) => (
        <Group key={name} gap="xs">
          <Code style={{ overflowWrap: 'anywhere' }}>{secret}</Code>
          <CopyButton value={secret}>
            {({ copied, copy }) => (
              <Button size="compact-sm" variant="default" onClick={copy}>
                {copied ? t('Copied') : t('Copy')}
              </Button>
            )}
          </CopyButton>
        </Group>
      ))}
    </Alert>
  );
}
