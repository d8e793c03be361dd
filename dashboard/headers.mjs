// The headers with which every file of the dashboard is served, in the form of Cloudflare's `_headers`.

/** The browser runs nothing but these files and talks to this site and to Supabase, to no one else. */
export function headers(supabaseUrl) {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    `connect-src 'self' ${origin(supabaseUrl)}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ];
  return `/*
  Content-Security-Policy: ${policy.join('; ')}
  Cross-Origin-Opener-Policy: same-origin
  X-Content-Type-Options: nosniff
  Strict-Transport-Security: max-age=31536000
  Referrer-Policy: no-referrer
  Permissions-Policy: camera=(), geolocation=(), microphone=()
`;
}

/** Without an address the page is for this machine only, where the stack chooses its ports. */
function origin(supabaseUrl) {
  return supabaseUrl ? new URL(supabaseUrl).origin : 'http://127.0.0.1:*';
}
