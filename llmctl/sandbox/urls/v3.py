"""The routes of v3."""

from llmctl.sandbox.urls.errors import handler400, handler404, handler500
from llmctl.sandbox.urls.routes import (
    ID,
    ITEM,
    LIST,
    PROJECT,
    READ_ITEM,
    READ_LIST,
    ViewSets,
    route,
    routes,
)
from llmctl.sandbox.views.clustering import ClusteringConfigViewSetV3, ClusteringJobViewSetV3
from llmctl.sandbox.views.evaluation_config import EvaluationConfigViewSetV3
from llmctl.sandbox.views.evaluation_reports import EvaluationReportViewSetV3
from llmctl.sandbox.views.evaluations import EvaluationDirectoryViewSet, EvaluationViewSetV3
from llmctl.sandbox.views.provider_keys import (
    ModelViewSetV3,
    ProviderKeyValidationViewSetV3,
    ProviderKeyViewSetV3,
)
from llmctl.sandbox.views.taggers import TaggerViewSet

__all__ = ["handler400", "handler404", "handler500", "urlpatterns"]

urlpatterns = [
    *routes(
        ViewSets(
            clustering_config=ClusteringConfigViewSetV3,
            clustering_jobs=ClusteringJobViewSetV3,
            evaluation_config=EvaluationConfigViewSetV3,
            evaluation_reports=EvaluationReportViewSetV3,
            evaluations=EvaluationViewSetV3,
            models=ModelViewSetV3,
            provider_keys=ProviderKeyViewSetV3,
            provider_key_validations=ProviderKeyValidationViewSetV3,
        )
    ),
    route(f"{PROJECT}evaluation_directories", EvaluationDirectoryViewSet, LIST),
    route(
        f"{PROJECT}evaluation_directories/{ID}",
        EvaluationDirectoryViewSet,
        {name: action for name, action in ITEM.items() if name != "put"},
    ),
    route(f"{PROJECT}taggers", TaggerViewSet, READ_LIST),
    route(f"{PROJECT}taggers/{ID}", TaggerViewSet, READ_ITEM),
]
