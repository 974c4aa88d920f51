import '@ionic/vue/css/core.css';
import '@ionic/vue/css/structure.css';
import './theme/tokens.css';
import './theme/ionic.css';
import './theme/page.css';

import { IonicVue } from '@ionic/vue';
import { createApp } from 'vue';
import App from './App.vue';
import { router } from './router';
import { startSessionVault } from './vault/start';

const animated = !matchMedia('(prefers-reduced-motion: reduce)').matches;
const app = createApp(App).use(IonicVue, { mode: 'md', rippleEffect: false, animated }).use(router);

await Promise.all([startSessionVault(), router.isReady()]);
app.mount('#app');
