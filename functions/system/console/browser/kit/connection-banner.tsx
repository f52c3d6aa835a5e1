import { Affix, Alert } from '@mantine/core';
import { t } from '../texts/texts.ts';
import { useConnection } from './connection.ts';

const texts = {
  gone: t('The server cannot be reached. The page goes on as soon as it answers.'),
  slow: t('The server takes long to answer.'),
} as const;

/** What is said while the connection is not good. */
export const ConnectionMessage = ({ connection }: { readonly connection: keyof typeof texts }) => (
  <Alert color={connection === 'gone' ? 'red' : 'yellow'} variant="filled" autoContrast py="xs" role="none">
    {texts[connection]}
  </Alert>
);

/** Says on every page that the server does not answer, or takes long. */
export function ConnectionBanner() {
  const connection = useConnection();
  return (
    <Affix position={{ bottom: 12, left: 12 }} maw="calc(100vw - 24px)">
      <div role={connection === 'gone' ? 'alert' : 'status'} data-connection={connection}>
        {connection !== 'good' && <ConnectionMessage connection={connection} />}
      </div>
    </Affix>
  );
}
