import { ActionIcon, Alert, Button, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { IconCalendarTime, IconChartAreaLine, IconListDetails, IconMoon, IconSun } from '@tabler/icons-react';
import { useEffect, type ReactNode } from 'react';
import { NavLink, useLocation } from 'react-router';
import { useText } from '../i18n';
import { ConnectionMark } from '../parts/ConnectionMark';
import { Notices } from '../parts/Notices';
import { Notifier } from '../parts/Notifier';
import { Waiting } from '../parts/Waiting';
import { useLive } from '../stores/live';
import { usePreferences } from '../stores/preferences';
import { useSession } from '../stores/session';
import styles from './Shell.module.css';

/** What is around every page: menu, who is signed in, language, theme, connection. */
export function Shell({ children }: { children: ReactNode }) {
  const t = useText();
  const user = useSession((session) => session.user);
  const unreachable = useSession((session) => session.unreachable);

  useEffect(() => { void useSession.getState().load(); }, []);
  useEffect(() => {
    // A page that only listens makes no request that could be refused: whether the sign-in still counts is asked now and then.
    const again = setInterval(() => { if (!document.hidden) void useSession.getState().load(); }, unreachable ? 3_000 : 60_000);
    const onVisible = (): void => { if (!document.hidden) void useSession.getState().load(); };
    document.addEventListener('visibilitychange', onVisible);
    return () => {
      clearInterval(again);
      document.removeEventListener('visibilitychange', onVisible);
    };
  }, [unreachable]);
  useEffect(() => {
    if (!user) return;
    useLive.getState().open();
    return () => { useLive.getState().close(); };
  }, [user]);

  return (
    <div className={styles.shell} data-bare={user === null || undefined}>
      <a className={styles.skip} href="#content">{t('skipToContent')}</a>
      <header className={styles.header}>
        <span className={styles.brand}><img src="/icon.svg" alt="" width={26} height={26} /><span className={styles.name}>{t('appName')}</span></span>
        {user && <ConnectionMark />}
        <span className="push" />
        <LanguageSwitch />
        <ThemeSwitch />
        {user && (
          <>
            <span className={styles.user} title={user.roles.join(', ')}>{user.name}</span>
            <Button component="a" href="/.auth/logout?post_logout_redirect_uri=/" variant="subtle" color="gray" size="compact-sm">{t('signOut')}</Button>
          </>
        )}
      </header>
      {user !== null && (
        <nav className={styles.nav} aria-label={t('menuSystem')}>
          <h2 className={styles.heading}>{t('menuSystem')}</h2>
          <NavLink to="/tasks" className={styles.link}><IconListDetails size={18} aria-hidden />{t('menuQueue')}</NavLink>
          <NavLink to="/schedules" className={styles.link}><IconCalendarTime size={18} aria-hidden />{t('menuSchedules')}</NavLink>
          <NavLink to="/overview" className={styles.link}><IconChartAreaLine size={18} aria-hidden />{t('menuOverview')}</NavLink>
        </nav>
      )}
      <main id="content" tabIndex={-1} className={styles.main}>
        {unreachable && <Alert color="red" role="alert">{t('offline')}</Alert>}
        {user === undefined && !unreachable && <Waiting />}
        {user === null && <SignIn />}
        {user && children}
      </main>
      <Notices />
      {user && <Notifier ids={user.ids} />}
    </div>
  );
}

function SignIn() {
  const t = useText();
  const { pathname, search } = useLocation();
  const ended = useSession((session) => session.ended);
  const language = usePreferences((preferences) => preferences.language);
  // The emulator shows a form of its own under every provider's name.
  const href = `/.auth/login/aad?post_login_redirect_uri=${encodeURIComponent(pathname + search)}&ui_locales=${language}`;
  return (
    <div className={`card ${styles.signIn}`}>
      <img src="/icon.svg" alt="" width={48} height={48} />
      <h1>{t(ended ? 'sessionEnded' : 'signInTitle')}</h1>
      <p className="dimmed" role={ended ? 'alert' : undefined}>{t(ended ? 'sessionEndedWhy' : 'signInWhy')}</p>
      <Button component="a" href={href} fullWidth>{t('signIn')}</Button>
    </div>
  );
}

function LanguageSwitch() {
  const language = usePreferences((preferences) => preferences.language);
  const setLanguage = usePreferences((preferences) => preferences.setLanguage);
  const other = language === 'en' ? 'zh-CN' : 'en';
  return (
    <Button variant="subtle" color="gray" size="compact-sm" lang={other} onClick={() => { setLanguage(other); }}>
      {other === 'en' ? 'English' : '中文'}
    </Button>
  );
}

function ThemeSwitch() {
  const t = useText();
  // Else it holds transitions by a <style> of its own, which the Content-Security-Policy refuses.
  const { setColorScheme } = useMantineColorScheme({ keepTransitions: true });
  const dark = useComputedColorScheme('light') === 'dark';
  const label = t(dark ? 'toLight' : 'toDark');
  return (
    <ActionIcon variant="subtle" color="gray" size={30} aria-label={label} title={label} onClick={() => { setColorScheme(dark ? 'light' : 'dark'); }}>
      {dark ? <IconSun size={18} aria-hidden /> : <IconMoon size={18} aria-hidden />}
    </ActionIcon>
  );
}
