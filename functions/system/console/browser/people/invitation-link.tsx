import { Button, CopyButton, Group, Text, TextInput } from '@mantine/core';
import { Dialog } from '../kit/dialog.tsx';
import { t } from '../texts/texts.ts';

type LinkProps = { readonly link: string; readonly onClose: () => void };

/** The link of an invitation, to be handed over in another way than by e-mail. */
export function InvitationLink({ link, onClose }: LinkProps) {
  return (
    <Dialog onClose={onClose} title={t('Link of the invitation')}>
      <Text size="sm" mb="sm">
        {t('The person that opens it sets the password and signs in. It works once, for 7 days; earlier links ended.')}
      </Text>
      <Group align="end" wrap="nowrap">
        <TextInput flex={1} label={t('Link')} value={link} readOnly onFocus={({ target }) => target.select()} />
        <CopyButton value={link}>
          {({ copied, copy }) => <Button onClick={copy}>{copied ? t('Copied') : t('Copy')}</Button>}
        </CopyButton>
      </Group>
    </Dialog>
  );
}
