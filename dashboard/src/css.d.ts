// esbuild gathers imported styles in app.css.
declare module '*.css';
