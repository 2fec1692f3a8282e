"""The routes of v1."""

from llmctl.sandbox.urls.errors import handler400, handler404, handler500
from llmctl.sandbox.urls.routes import ViewSets, routes
from llmctl.sandbox.views.clustering import ClusteringConfigViewSet, ClusteringJobViewSet
from llmctl.sandbox.views.evaluation_config import EvaluationConfigViewSet
from llmctl.sandbox.views.evaluation_reports import EvaluationReportViewSet
from llmctl.sandbox.views.evaluations import EvaluationViewSet
from llmctl.sandbox.views.provider_keys import (
    ModelViewSet,
    ProviderKeyValidationViewSet,
    ProviderKeyViewSet,
)

__all__ = ["handler400", "handler404", "handler500", "urlpatterns"]

urlpatterns = routes(
    ViewSets(
        clustering_config=ClusteringConfigViewSet,
        clustering_jobs=ClusteringJobViewSet,
        evaluation_config=EvaluationConfigViewSet,
        evaluation_reports=EvaluationReportViewSet,
        evaluations=EvaluationViewSet,
        models=ModelViewSet,
        provider_keys=ProviderKeyViewSet,
        provider_key_validations=ProviderKeyValidationViewSet,
    )
)
