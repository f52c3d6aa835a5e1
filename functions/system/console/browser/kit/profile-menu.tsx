import { ActionIcon, Avatar, Menu, useMantineColorScheme, type MantineColorScheme } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { language, languages } from '../texts/language.ts';
import { t } from '../texts/texts.ts';
import { useBrand } from './brand.ts';
import { IconCheck, IconHelp, IconLogout, IconUser } from './icons.ts';
import { ownEntries } from './navigation.ts';
import { useLanguageChoice } from './own-language.ts';
import { useSession, useSigning } from './session.tsx';

const schemes: Readonly<Record<MantineColorScheme, string>> = {
  light: t('Light'),
  dark: t('Dark'),
  auto: t('As the system'),
};

const isScheme = (value: string): value is MantineColorScheme => Object.hasOwn(schemes, value);

const chosen = <IconCheck size={16} aria-hidden />;

/** The page where the brand gives help, if it has one. */
function SupportItem() {
  const { support_url: address } = useBrand();
  if (address === null) return null;
  const icon = <IconHelp size={16} aria-hidden />;
  return (
    <Menu.Item component="a" href={address} target="_blank" rel="noreferrer" leftSection={icon}>
      {t('Help')}
    </Menu.Item>
  );
}

/** The person's own pages, how the console looks, and the way out. */
export function ProfileMenu() {
  const session = useSession();
  const { signOut } = useSigning();
  const choose = useLanguageChoice();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Menu position="bottom-end" width={240} withinPortal={false}>
      <Menu.Target>
        <ActionIcon variant="subtle" size="lg" radius="xl" aria-label={t('Menu of {name}', { name: session.username })}>
          <Avatar size={30} color="brand" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{session.username}</Menu.Label>
        {ownEntries(session).map(({ title, address }) => (
          <Menu.Item
            key={address}
            leftSection={<IconUser size={16} aria-hidden />}
            renderRoot={(props) => <Link to={address} {...props} />}
          >
            {title}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Label>{t('Colors')}</Menu.Label>
        <Menu.RadioGroup value={colorScheme} onChange={(scheme) => isScheme(scheme) && setColorScheme(scheme)}>
          {Object.entries(schemes).map(([scheme, label]) => (
            <Menu.RadioItem key={scheme} value={scheme} checkIcon={chosen} closeMenuOnClick>
              {label}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.Label>{t('Language')}</Menu.Label>
        <Menu.RadioGroup value={language} onChange={choose}>
          {Object.entries(languages).map(([name, label]) => (
            <Menu.RadioItem key={name} value={name} lang={name} checkIcon={chosen} closeMenuOnClick>
              {label}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        <SupportItem />
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={signOut}>
          {t('Sign out')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
