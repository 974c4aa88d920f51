import { createRouter, createWebHistory } from '@ionic/vue-router';
import TabsPage from './pages/TabsPage.vue';

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', redirect: '/vault' },
    {
      path: '/',
      component: TabsPage,
      children: [
        { path: 'vault', component: () => import('./pages/VaultPage.vue') },
        { path: 'sign-in', component: () => import('./pages/SignInPage.vue') },
        { path: 'device', component: () => import('./pages/DevicePage.vue') },
        { path: 'inspector', component: () => import('./pages/InspectorPage.vue') },
      ],
    },
  ],
});
